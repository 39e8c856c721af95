import { Gauge, type Registry } from 'prom-client';

/** Makes gauges of one registry, under our prefix. */
export const gaugeIn =
  (registry: Registry) =>
  <L extends string = never>(name: string, help: string, labelNames: L[] = []): Gauge<L> =>
    new Gauge<L>({ name: `holdfast_${name}`, help, labelNames, registers: [registry] });
