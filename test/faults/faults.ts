import { kafkaForgotten, kafkaResets, kafkaSlow, kafkaStalls } from './broker-wire-faults.ts';
import {
  databaseBusy,
  databaseDrops,
  databaseFull,
  databaseResets,
  databaseSlow,
  databaseStalls,
} from './database-faults.ts';
import type { Fault } from './fault.ts';
import { processorKilled, workerKilled } from './process-faults.ts';
import { rebalanceStorms } from './rebalance-faults.ts';
import { brokerAway, brokerKilled, brokerStopped, databaseAway } from './server-faults.ts';

/** Every fault, in the order in which the table has them. */
export const faultsOf = (options: { readonly databaseAwayMs: number }): readonly Fault[] => [
  processorKilled,
  workerKilled,
  brokerStopped,
  brokerKilled,
  brokerAway,
  databaseAway(options.databaseAwayMs),
  databaseBusy,
  databaseSlow,
  databaseDrops,
  databaseFull,
  databaseResets,
  databaseStalls,
  kafkaResets,
  kafkaStalls,
  kafkaForgotten,
  kafkaSlow,
  ...rebalanceStorms,
];
