export type Turnstile = ReturnType<typeof createTurnstile>;

/** Where those wait who can go on with any connection: open while there is one, shut when there never will be again. */
export function createTurnstile() {
  let gate = newGate();
  let isOpen = false;
  return {
    pass: (): Promise<void> => gate.promise,
    open: (): void => {
      isOpen = true;
      gate.resolve();
    },
    hold: (): void => {
      if (isOpen) gate = newGate();
      isOpen = false;
    },
    /** Who waits, and who comes later, is rejected. */
    shut: (error: Error): void => {
      if (isOpen) gate = newGate();
      isOpen = false;
      gate.reject(error);
    },
  };
}

function newGate(): PromiseWithResolvers<void> {
  const gate = Promise.withResolvers<void>();
  // Nobody has to wait here.
  gate.promise.catch(() => undefined);
  return gate;
}
