import { ApiError } from '@holdfast/client';
import { until } from '../../demo/until.ts';

/** On a busy machine the server turns calls away: whoever is turned away comes again. */
export const patiently = <T>(call: () => Promise<T>): Promise<T> =>
  until('that the server has time', () =>
    call().then(
      (answer) => ({ answer }),
      (error) => {
        if (error instanceof ApiError && error.problem.status === 503) return undefined;
        throw error;
      },
    ),
  ).then(({ answer }) => answer);
