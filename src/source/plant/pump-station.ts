import { createRng, type Rng, seedOf } from '../../core/rng.ts';
import { autoregressive, DAY_MS, dailyCurve, HOUR_MS, isWeekend, MINUTE_MS } from './disturbance.ts';
import { createDropouts } from './dropouts.ts';
import { faultCursor, faultSchedule, faultsUntil } from './fault-schedule.ts';
import { type Plant, type PlantChannel, type PlantOptions, type PlantRow, quantise } from './plant.ts';
import { PUMP_FAULTS, processEffect, sensorEffect } from './pump-faults.ts';
import {
  INITIAL_STATION,
  type StationInputs,
  type StationOutputs,
  type StationState,
  stepStation,
} from './pump-hydraulics.ts';

const SERIES = 'station-1';
const EXTRA_GAP_MEAN_MS = 8 * HOUR_MS;

/** `noise`: standard deviation of the sensor, `relative` to the value or `absolute` in its unit. */
const SENSORS = [
  { name: 'inflow', unit: 'm3/h', kind: 'gauge', decimals: 1, relative: 0.02, absolute: 0 },
  { name: 'level', unit: 'm', kind: 'gauge', decimals: 3, relative: 0, absolute: 0.012 },
  { name: 'pump_speed', unit: '%', kind: 'command', decimals: 1, relative: 0, absolute: 0 },
  { name: 'flow', unit: 'm3/h', kind: 'gauge', decimals: 1, relative: 0.015, absolute: 0.8 },
  { name: 'suction_pressure', unit: 'bar', kind: 'gauge', decimals: 4, relative: 0, absolute: 0.0025 },
  { name: 'discharge_pressure', unit: 'bar', kind: 'gauge', decimals: 3, relative: 0.01, absolute: 0.01 },
  { name: 'motor_current', unit: 'A', kind: 'gauge', decimals: 2, relative: 0.012, absolute: 0.1 },
  { name: 'bearing_temperature', unit: 'degC', kind: 'gauge', decimals: 2, relative: 0, absolute: 0.25 },
  { name: 'vibration', unit: 'mm/s', kind: 'gauge', decimals: 3, relative: 0.02, absolute: 0.03 },
  { name: 'valve_position', unit: '%', kind: 'gauge', decimals: 1, relative: 0, absolute: 0.6 },
] as const satisfies readonly (PlantChannel & { relative: number; absolute: number })[];

/** A sewage pumping station: wet well, one pump in duty cycles of 20 to 60 minutes, a throttle valve, ten coupled channels. */
export const pumpStation: Plant = {
  name: 'pump-station',
  summary: 'A pumping station: one series, ten channels tied together by hydraulics, duty cycles, daily inflow.',
  channels: SENSORS.map(({ name, unit, kind, decimals }) => ({ name, unit, kind, decimals })),
  stepMs: MINUTE_MS,
  series: [SERIES],
  irregular: false,
  generate,
  faultsOf: (options) =>
    options.faults ? faultsUntil(schedule(options), options.startMs + options.steps * MINUTE_MS) : [],
};

const schedule = (options: PlantOptions) => faultSchedule(options, SERIES, PUMP_FAULTS, EXTRA_GAP_MEAN_MS);

function* generate(options: PlantOptions): Generator<PlantRow> {
  const { seed, startMs, steps } = options;
  const weather = createWeather(createRng(seedOf(seed, SERIES, 'process')));
  const noise = createRng(seedOf(seed, SERIES, 'noise'));
  const hide = createDropouts(seedOf(seed, SERIES, 'dropouts'), SENSORS.length);
  const faultAt = options.faults ? faultCursor(schedule(options)) : () => null;
  let state = INITIAL_STATION;
  let last: number[] = [];
  for (let k = 0; k < steps; k++) {
    const timeMs = startMs + k * MINUTE_MS;
    const at = faultAt(timeMs);
    const inputs: StationInputs = { ...weather(timeMs), ...processEffect(at) };
    const next = stepStation(state, inputs);
    state = next.state;
    const exact = readings(inputs, next.state, next.outputs);
    const values = SENSORS.map((sensor, c) => {
      const said = exact[c] * (1 + sensor.relative * noise.normal()) + sensor.absolute * noise.normal();
      return quantise(Math.max(0, sensorEffect(at, sensor.name, said, last[c] ?? said)), sensor.decimals);
    });
    last = values;
    const fault = at === null ? null : { kind: at.fault.kind, channels: at.fault.channels };
    yield { timeMs, series: SERIES, values, observed: options.dropouts ? hide(values) : values, fault };
  }
}

/** [channel], in the order of SENSORS. */
const readings = (inputs: StationInputs, state: StationState, outputs: StationOutputs): number[] => [
  inputs.inflow,
  state.levelM,
  state.speedPercent,
  outputs.flow,
  outputs.suctionBar,
  outputs.dischargeBar,
  outputs.currentA,
  state.bearingC,
  outputs.vibrationMmS,
  state.valvePercent,
];

type Weather = Pick<StationInputs, 'inflow' | 'ambientC' | 'valveTrimPercent' | 'loadFactor'>;

/** What comes from outside: sewage with two peaks a day, air temperature, dirt in the pump. */
function createWeather(rng: Rng): (timeMs: number) => Weather {
  const slow = autoregressive(rng, 0.1, 240);
  const fast = autoregressive(rng, 0.09, 9);
  const air = autoregressive(rng, 1.4, 400);
  const trim = autoregressive(rng, 2.5, 12);
  const load = autoregressive(rng, 0.035, 10);
  return (timeMs) => {
    const late = isWeekend(timeMs) ? 1.5 : 0;
    const people = dailyCurve(timeMs - late * HOUR_MS, [
      { hour: 7.5, widthHours: 1.8, height: 0.65 },
      { hour: 13, widthHours: 3, height: 0.25 },
      { hour: 19.5, widthHours: 2.4, height: 0.6 },
    ]);
    const day = (timeMs % DAY_MS) / DAY_MS;
    return {
      inflow: 100 * (isWeekend(timeMs) ? 0.92 : 1) * (0.68 + 1.4 * people) * Math.exp(slow() + fast()),
      ambientC: 14 - 5 * Math.cos(2 * Math.PI * (day - 0.12)) + air(),
      valveTrimPercent: trim(),
      loadFactor: Math.exp(load()),
    };
  };
}
