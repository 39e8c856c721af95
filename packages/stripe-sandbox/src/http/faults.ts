export type Fault = {
  method: string;
  path: string;
  times: number;
  kind: '500' | '429' | 'timeout' | 'reset';
  when: 'before' | 'after';
};

function pattern(path: string): RegExp {
  const escaped = path.split('*').map((part) => part.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${escaped.join('.*')}$`);
}

/** Faults waiting for their requests. Not stored: a restart forgets them. */
export class Faults {
  #waiting: Fault[] = [];

  add(fault: Fault): void {
    this.#waiting.push({ ...fault, method: fault.method.toUpperCase() });
  }

  /** The fault for this request, which is used up by taking it. */
  take(method: string, path: string): Fault | undefined {
    const fault = this.#waiting.find(
      (one) => (one.method === method || one.method === '*') && pattern(one.path).test(path),
    );
    if (fault === undefined) return undefined;
    fault.times -= 1;
    if (fault.times <= 0) this.#waiting = this.#waiting.filter((one) => one !== fault);
    return fault;
  }

  clear(): void {
    this.#waiting = [];
  }
}
