import type { Rng } from '../../core/rng.ts';
import type { FaultAt, FaultKind } from './fault-schedule.ts';

/** Sensors that may freeze or shift, with the size of a shift: clearly more than noise, less than the channel's range. */
const SHIFT_BY: Readonly<Record<string, number>> = {
  level: 0.45,
  flow: 45,
  discharge_pressure: 0.4,
  motor_current: 8,
  bearing_temperature: 8,
  vibration: 0.8,
};

const oneSensor = (rng: Rng): readonly string[] => {
  const names = Object.keys(SHIFT_BY);
  return [names[rng.integer(names.length)]];
};

export const PUMP_FAULTS: readonly FaultKind[] = [
  { kind: 'bearing_wear', channels: () => ['bearing_temperature', 'vibration'], detectWithinShare: 0.6 },
  { kind: 'stuck_valve', channels: () => ['flow', 'discharge_pressure', 'valve_position'], detectWithinShare: 0.3 },
  { kind: 'leak', channels: () => ['flow', 'discharge_pressure', 'motor_current'], detectWithinShare: 0.3 },
  { kind: 'frozen_sensor', channels: oneSensor, detectWithinShare: 0.5 },
  { kind: 'level_shift', channels: oneSensor, detectWithinShare: 0.3 },
];

/** How a fault changes the physics; null and 1 where it does not. */
export function processEffect(at: FaultAt | null): { stuckValvePercent: number | null; pipeFactor: number } {
  const stuck = at?.fault.kind === 'stuck_valve';
  const leak = at?.fault.kind === 'leak';
  return {
    stuckValvePercent: stuck ? 24 + 6 * at.fault.severity : null,
    pipeFactor: leak ? 0.45 - 0.2 * at.fault.severity : 1,
  };
}

/** How a fault changes what one sensor says. `last` is what it said the minute before. */
export function sensorEffect(at: FaultAt | null, channel: string, value: number, last: number): number {
  if (at === null || !at.fault.channels.includes(channel)) return value;
  const { kind, severity, sign } = at.fault;
  switch (kind) {
    case 'bearing_wear': {
      const worn = (0.8 + 0.4 * severity) * at.progress ** 0.8;
      return value + (channel === 'vibration' ? 1.8 : 13) * worn;
    }
    case 'frozen_sensor':
      return last;
    case 'level_shift':
      return value + sign * (1 + 0.4 * severity) * SHIFT_BY[channel];
    default:
      return value;
  }
}
