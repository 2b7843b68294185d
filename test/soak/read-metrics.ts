/** The sum of a metric over its labels, and each of its values by one label, from the text format of Prometheus. */
export interface MetricReader {
  sum(name: string): number;
  by(name: string, label: string): Readonly<Record<string, number>>;
}

export function readMetrics(text: string): MetricReader {
  const lines = text.split('\n').flatMap((line) => {
    const found = /^driftcast_(\w+)(?:\{(.*)\})? (\S+)$/.exec(line);
    return found === null ? [] : [{ name: found[1], labels: found[2] ?? '', value: Number(found[3]) }];
  });
  return {
    sum: (name) => lines.reduce((sum, line) => (line.name === name ? sum + line.value : sum), 0),
    by: (name, label) =>
      Object.fromEntries(
        lines
          .filter((line) => line.name === name)
          .map(({ labels, value }) => [new RegExp(`${label}="([^"]*)"`).exec(labels)?.[1] ?? '', value]),
      ),
  };
}
