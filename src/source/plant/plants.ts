import { devices } from './devices.ts';
import type { Plant } from './plant.ts';
import { pumpStation } from './pump-station.ts';
import { server } from './server.ts';

export const plantNames = ['pump-station', 'server', 'devices'] as const;
export type PlantName = (typeof plantNames)[number];

/** Every synthetic plant, by the name it has in YAML and on the command line. */
export const plants: Readonly<Record<PlantName, Plant>> = { 'pump-station': pumpStation, server, devices };
