import { messageOf } from '../../src/core/errors.ts';
import { OwnServers, type ServerName } from '../faults/servers.ts';

export interface BenchServers {
  /** host:port, '' where it was not asked for. */
  readonly broker: string;
  readonly influxUrl: string;
}

/**
 * Runs `use` with servers of its own, or, where the inputs are tiny, with those that the environment names for the tests: to start
 * servers takes longer than the rest of `--quick`. A text: why there are none.
 */
export async function withServers<T>(
  names: readonly ServerName[],
  quick: boolean,
  use: (servers: BenchServers) => Promise<T>,
): Promise<T | string> {
  if (quick) {
    const { DRIFTCAST_TEST_KAFKA: broker = '', DRIFTCAST_TEST_INFLUX: influxUrl = '' } = process.env;
    const there = { kafka: broker !== '', influxdb: influxUrl !== '' };
    if (names.every((name) => there[name])) return use({ broker, influxUrl });
    return 'with --quick, DRIFTCAST_TEST_KAFKA and DRIFTCAST_TEST_INFLUX have to name servers (deploy/native/stack.sh up prints them)';
  }
  let servers: OwnServers;
  try {
    servers = await OwnServers.start({ names });
  } catch (error) {
    return `servers could not be started: ${messageOf(error)}`;
  }
  try {
    return await use({ broker: servers.broker, influxUrl: servers.influxUrl });
  } finally {
    await servers.remove();
  }
}
