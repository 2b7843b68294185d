import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  INITIAL_STATION,
  type StationInputs,
  type StationOutputs,
  type StationState,
  stepStation,
} from '../../../src/source/plant/pump-hydraulics.ts';

const calm: StationInputs = {
  inflow: 140,
  ambientC: 14,
  valveTrimPercent: 0,
  loadFactor: 1,
  stuckValvePercent: null,
  pipeFactor: 1,
};

function run(minutes: number, inputs: Partial<StationInputs> = {}) {
  const states: StationState[] = [];
  const outputs: StationOutputs[] = [];
  let state = INITIAL_STATION;
  for (let k = 0; k < minutes; k++) {
    const next = stepStation(state, { ...calm, ...inputs });
    state = next.state;
    states.push(state);
    outputs.push(next.outputs);
  }
  return { states, outputs };
}

/** A station in full duty at a given level. */
const pumping: StationState = { levelM: 2, pumping: true, speedPercent: 81, valvePercent: 70, bearingC: 40 };
const duty = (inputs: Partial<StationInputs> = {}) => stepStation(pumping, { ...calm, ...inputs }).outputs;

test('the pump starts above 2.5 m and stops below 1.5 m, and not in between', () => {
  const { states } = run(300);
  const switches = states.flatMap((state, k) => (k > 0 && state.pumping !== states[k - 1].pumping ? [k] : []));
  assert.ok(switches.length >= 8);
  for (const k of switches) {
    const before = states[k - 1].levelM;
    if (states[k].pumping) assert.ok(before > 2.5);
    else assert.ok(before <= 1.5);
  }
});

test('speed moves by at most its ramp', () => {
  const { states } = run(200);
  states.slice(1).forEach((state, k) => {
    assert.ok(Math.abs(state.speedPercent - states[k].speedPercent) <= 14 + 1e-9);
  });
});

test('a flooded well stays within its walls', () => {
  for (const { levelM } of run(600, { inflow: 2000 }).states) assert.ok(levelM <= 4);
  for (const { levelM } of run(600, { inflow: 0 }).states) assert.ok(levelM >= 0.4);
});

test('a throttled valve lowers the flow and raises the pressure', () => {
  const [open, stuck] = [duty(), duty({ stuckValvePercent: 26 })];
  assert.ok(stuck.flow < 0.8 * open.flow);
  assert.ok(stuck.dischargeBar > 1.1 * open.dischargeBar);
});

test('a leak raises the flow and lowers the pressure', () => {
  const [tight, leaking] = [duty(), duty({ pipeFactor: 0.35 })];
  assert.ok(leaking.flow > 1.1 * tight.flow);
  assert.ok(leaking.dischargeBar < 0.95 * tight.dischargeBar);
});

test('dirt in the pump shows in current and vibration, not in the water', () => {
  const [clean, dirty] = [duty(), duty({ loadFactor: 1.2 })];
  assert.equal(dirty.flow, clean.flow);
  assert.ok(Math.abs(dirty.currentA / clean.currentA - 1.2) < 1e-9);
  assert.ok(dirty.vibrationMmS > clean.vibrationMmS);
});

test('the bearing follows the current with a lag, and the air', () => {
  const cold = run(600).states.at(-1) as StationState;
  const warm = run(600, { ambientC: 24 }).states.at(-1) as StationState;
  assert.ok(Math.abs(warm.bearingC - cold.bearingC - 10) < 1e-6);
  const step = stepStation(pumping, calm).state.bearingC - pumping.bearingC;
  assert.ok(Math.abs(step) < 3, 'no jump within a minute');
});

test('a pump too slow for the lift gives no flow, not a number that is none', () => {
  const { outputs } = stepStation(
    { ...pumping, levelM: 0.4, pumping: false, speedPercent: 33 },
    { ...calm, inflow: 0 },
  );
  assert.ok(outputs.flow >= 0);
  assert.ok(Object.values(outputs).every(Number.isFinite));
});
