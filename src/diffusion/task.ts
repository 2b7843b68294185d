/** What a call of the denoiser is for. The order is the order of the task embedding. */
export const tasks = ['impute', 'forecast', 'score'] as const;
export type Task = (typeof tasks)[number];
