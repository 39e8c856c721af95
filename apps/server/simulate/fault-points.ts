/** What a killed server's code meets: it never runs on, so nobody handles this error. */
export class Killed extends Error {
  constructor(point: string) {
    super(`the server was killed ${point}`);
    this.name = 'Killed';
  }
}

/** Stripe did it, or not, and nobody will know: the answer was lost on its way. */
export class AnswerLost extends Error {
  // What the SDK takes for a broken connection.
  readonly code = 'ECONNRESET';
}

/**
 * The places where a server can die so that it matters: before and after each commit and each call to Stripe. One of
 * these belongs to one life of the server; everything that it reaches the world through passes here.
 */
export type FaultPoints = {
  /** Every point crossed so far, in order. */
  readonly crossed: readonly string[];
  readonly isDead: boolean;
  /** Where it died. */
  readonly diedAt: string | undefined;
  /** Dies at the n-th point from now on (0: the next one). */
  killAt(count: number): void;
  /** From the n-th point on it gets no answer from Stripe, this many times. */
  loseAt(count: number, times: number): void;
  /** It lives on after all. */
  spare(): void;
  /** Passes the point, or dies at it. */
  pass(point: string): void;
  /** Throws if this life is over. */
  requireLife(): void;
};

export function createFaultPoints(): FaultPoints {
  const crossed: string[] = [];
  let diedAt: string | undefined;
  let fatal: number | undefined;
  let lost = { from: Number.POSITIVE_INFINITY, times: 0 };
  const requireLife = () => {
    if (diedAt !== undefined) throw new Killed(diedAt);
  };
  return {
    crossed,
    get isDead() {
      return diedAt !== undefined;
    },
    get diedAt() {
      return diedAt;
    },
    killAt: (count) => {
      fatal = crossed.length + count;
    },
    loseAt: (count, times) => {
      lost = { from: crossed.length + count, times };
    },
    spare: () => {
      fatal = undefined;
    },
    pass: (point) => {
      requireLife();
      crossed.push(point);
      if (crossed.length > lost.from && lost.times > 0 && isCallToStripe(point)) {
        lost.times -= 1;
        throw new AnswerLost(point);
      }
      if (fatal === undefined || crossed.length <= fatal) return;
      diedAt = point;
      throw new Killed(point);
    },
    requireLife,
  };
}

export const isCallToStripe = (point: string): boolean => /^(before|after) (GET|POST|DELETE) /.test(point);
