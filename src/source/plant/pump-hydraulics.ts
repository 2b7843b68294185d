import { lag } from './disturbance.ts';

/** Head of the pump at full speed and no flow, m. */
const SHUTOFF_HEAD_M = 32;
/** Loss coefficients, m per (m3/h)^2. */
const PUMP_LOSS = 1e-4;
const PIPE_LOSS = 1.6e-4;
const VALVE_LOSS_OPEN = 3.6e-5;
const SUCTION_LOSS = 9e-6;
const STATIC_HEAD_M = 5;
const BAR_PER_M = 0.0981;
const WELL_AREA_M2 = 18;
const WELL_DEPTH_M = 4;
const LEVEL_ON_M = 2.5;
const LEVEL_OFF_M = 1.5;
const SPEED_RAMP_PERCENT = 14;

/** What the station carries from minute to minute. */
export interface StationState {
  readonly levelM: number;
  readonly pumping: boolean;
  readonly speedPercent: number;
  readonly valvePercent: number;
  readonly bearingC: number;
}

export interface StationInputs {
  readonly inflow: number;
  readonly ambientC: number;
  /** Wanted valve position beyond what the speed asks for, percent. */
  readonly valveTrimPercent: number;
  /** Factor of the hydraulic load on the motor (solids, rags); about 1. */
  readonly loadFactor: number;
  /** Where the valve body really is, if it is stuck; the actuator still reports where it should be. */
  readonly stuckValvePercent: number | null;
  /** Factor of the pipe's resistance; a leak lowers it. */
  readonly pipeFactor: number;
}

export interface StationOutputs {
  readonly flow: number;
  readonly suctionBar: number;
  readonly dischargeBar: number;
  readonly currentA: number;
  readonly vibrationMmS: number;
}

export const INITIAL_STATION: StationState = {
  levelM: 1.8,
  pumping: false,
  speedPercent: 40,
  valvePercent: 45,
  bearingC: 35,
};

/** One minute of the station: controller, hydraulics (pump curve against system curve), then wet well and bearing. */
export function stepStation(
  state: StationState,
  inputs: StationInputs,
): { readonly state: StationState; readonly outputs: StationOutputs } {
  const pumping = state.levelM > LEVEL_ON_M || (state.pumping && state.levelM > LEVEL_OFF_M);
  const speedPercent = nextSpeed(state, inputs.inflow, pumping);
  const valveTarget = 30 + 0.5 * speedPercent + inputs.valveTrimPercent;
  const valvePercent = clamp(lag(state.valvePercent, valveTarget, 3), 15, 100);
  const outputs = hydraulics(state.levelM, speedPercent, valvePercent, inputs);
  const filling = (inputs.inflow - outputs.flow) / 60 / WELL_AREA_M2;
  const bearingTarget = inputs.ambientC + 8 + 0.62 * outputs.currentA;
  return {
    state: {
      levelM: clamp(state.levelM + filling, 0.4, WELL_DEPTH_M),
      pumping,
      speedPercent,
      valvePercent,
      bearingC: lag(state.bearingC, bearingTarget, 11),
    },
    outputs,
  };
}

/** Two-level duty with hysteresis, proportional to the level and fed forward from the inflow, ramped. */
function nextSpeed(state: StationState, inflow: number, pumping: boolean): number {
  const wanted = pumping
    ? clamp(74 + 14 * (state.levelM - LEVEL_OFF_M) + 0.08 * (inflow - 140), 62, 100)
    : clamp(36 + 0.03 * (inflow - 140), 33, 42);
  return state.speedPercent + clamp(wanted - state.speedPercent, -SPEED_RAMP_PERCENT, SPEED_RAMP_PERCENT);
}

function hydraulics(levelM: number, speedPercent: number, valvePercent: number, inputs: StationInputs): StationOutputs {
  const speed = speedPercent / 100;
  const opening = (inputs.stuckValvePercent ?? valvePercent) / 100;
  const shutoff = SHUTOFF_HEAD_M * speed * speed;
  const lift = Math.max(0, shutoff - (STATIC_HEAD_M - levelM));
  const loss = PUMP_LOSS + PIPE_LOSS * inputs.pipeFactor + VALVE_LOSS_OPEN / (opening * opening);
  const flow = Math.sqrt(lift / loss);
  const suctionM = levelM - SUCTION_LOSS * flow * flow;
  const headM = shutoff - PUMP_LOSS * flow * flow;
  return {
    flow,
    suctionBar: BAR_PER_M * suctionM,
    dischargeBar: BAR_PER_M * (suctionM + headM),
    currentA: (7 + 6 * speed * speed + 0.0056 * flow * headM) * inputs.loadFactor,
    vibrationMmS: (0.5 + 2.3 * speed * speed) * (0.4 + 0.6 * inputs.loadFactor),
  };
}

const clamp = (value: number, low: number, high: number): number => Math.min(high, Math.max(low, value));
