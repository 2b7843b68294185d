/**
 * What a call of the denoiser is for. The order is the order of the task embedding.
 * impute: gaps anywhere; forecast: the suffix; score: the newest rows of all measured channels; cross: a group of channels over the
 * whole window, read off the others.
 */
export const tasks = ['impute', 'forecast', 'score', 'cross'] as const;
export type Task = (typeof tasks)[number];
