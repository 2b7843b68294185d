import type { Rng } from '../../core/rng.ts';
import { DAY_MS, dailyCurve, isWeekend, MINUTE_MS } from './disturbance.ts';

/**
 * A room with people in it, integrated minute by minute. Ask for times that never go back; the result is [channel] in the
 * order temperature, humidity, co2, battery, light, motion.
 */
export function createRoom(rng: Rng, startMs: number): (timeMs: number) => number[] {
  const setPoint = 20.5 + 1.5 * rng.uniform();
  const airing = 0.012 + 0.01 * rng.uniform();
  const seats = 2 + rng.integer(5);
  const lamps = 260 + 200 * rng.uniform();
  const windowShare = rng.uniform();
  const batteryDays = 300 + 300 * rng.uniform();
  let people = 0;
  let temperature = setPoint;
  let moisture = 8;
  let co2 = 450;
  let minuteMs = startMs;
  const advance = () => {
    const busy = dailyCurve(minuteMs, [
      { hour: 10, widthHours: 1.4, height: 0.9 },
      { hour: 14.5, widthHours: 1.6, height: 0.85 },
    ]);
    const presence = isWeekend(minuteMs) ? 0 : busy;
    // People come and go one by one, a few times an hour, and the last one leaves.
    if (presence < 0.1) people = rng.uniform() < 0.3 ? 0 : people;
    else if (rng.uniform() < 0.12) people = Math.max(0, Math.round(seats * presence + 0.8 * rng.normal()));
    temperature += (setPoint + 0.45 * people + 1.5 * daylight(minuteMs) * windowShare - temperature) / 35;
    moisture += (7.5 + 0.28 * people - moisture) / 45 + 0.015 * rng.normal();
    co2 += airing * (420 - co2) + 4.2 * people + 1.5 * rng.normal();
    minuteMs += MINUTE_MS;
  };
  return (timeMs) => {
    while (minuteMs <= timeMs) advance();
    const warmth = temperature + 0.06 * rng.normal();
    // Water that air can hold doubles about every 11 degrees.
    const humidity = (moisture / (17.3 * 2 ** ((temperature - 20) / 11))) * 100 + 0.3 * rng.normal();
    const light = (people > 0 ? lamps : 0) + 900 * windowShare * daylight(timeMs);
    const battery = 3.1 - (0.6 * (timeMs - startMs)) / DAY_MS / batteryDays + 0.004 * rng.normal();
    const motion = people > 0 && rng.uniform() < 1 - 0.45 ** people ? 1 : 0;
    return [warmth, humidity, co2 + 8 * rng.normal(), battery, Math.max(0, light * (1 + 0.03 * rng.normal())), motion];
  };
}

const daylight = (timeMs: number): number => dailyCurve(timeMs, [{ hour: 12.5, widthHours: 2.6, height: 1 }]);
