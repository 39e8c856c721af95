import { ApiError, type Client, createClient } from '@holdfast/client';
import { accounts } from '@holdfast/contract';
import { advanceClock, type Stage } from './sandbox.ts';
import { until } from './until.ts';

/** A person of the play: signs up and signs in through the API, and signs in again when the session is over. */
export type Player = {
  name: string;
  email: string;
  role: 'customer' | 'contractor';
  userId?: string;
  accessToken?: string;
};

const password = 'a long enough password';

export async function register(stage: Stage, player: Player): Promise<void> {
  const { userId } = await createClient(stage.apiUrl).call(accounts.register, {
    body: {
      email: player.email,
      name: player.name,
      role: player.role,
      password,
      locale: 'en-GB',
      timeZone: 'Europe/Vienna',
    },
  });
  player.userId = userId;
}

/**
 * Proves the address with the newest code that was mailed. After a crash that may still be the code of an earlier
 * registration, or the proof may have got through and only its answer was lost: then the next code, or signing in, does.
 */
export async function verify(stage: Stage, player: Player): Promise<void> {
  let tried: string | undefined;
  await until('the address is proven', async () => {
    const code = await stage.readCode(player.email);
    if (code === tried) return false;
    tried = code;
    return (await passes(() => prove(stage, player, code))) || (await passes(() => signIn(stage, player)));
  });
}

async function prove(stage: Stage, player: Player, code: string): Promise<void> {
  const body = { userId: player.userId!, code };
  player.accessToken = (await createClient(stage.apiUrl).call(accounts.verifyEmail, { body })).accessToken;
}

/** False if the code or the password was not accepted; other errors are errors. */
async function passes(act: () => Promise<void>): Promise<boolean> {
  try {
    await act();
    return true;
  } catch (error) {
    if (error instanceof ApiError && ['invalid_code', 'invalid_credentials'].includes(error.problem.code))
      return false;
    throw error;
  }
}

async function signIn(stage: Stage, player: Player): Promise<void> {
  const body = { email: player.email, password };
  player.accessToken = (await createClient(stage.apiUrl).call(accounts.login, { body })).accessToken;
}

// The second is the answer while a killed server's request still holds its idempotency key.
const mayPass = new Set<string>(['rate_limited', 'idempotency_in_flight']);

/** Does something as this player, as a patient app would: signs in again when the session is over, waits where it is told to. */
export async function as<T>(stage: Stage, player: Player, act: (client: Client) => Promise<T>): Promise<T> {
  const attempt = () => act(createClient(stage.apiUrl, player.accessToken));
  try {
    return await attempt();
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    if (error.problem.code === 'token_expired') await signIn(stage, player);
    else if (mayPass.has(error.problem.code)) await waitOut(stage, error.problem.retryAfterSeconds ?? 60);
    else throw error;
    return as(stage, player, act);
  }
}

/** Time is cheap in a play: the one clock is moved past the limit. */
const waitOut = (stage: Stage, seconds: number) => advanceClock(stage, (seconds + 1) * 1000);
