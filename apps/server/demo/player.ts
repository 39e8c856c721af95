import { ApiError, type Client, createClient } from '@holdfast/client';
import { accounts } from '@holdfast/contract';
import { advanceClock, type Stage } from './sandbox.ts';

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

/** Proves the address. If an earlier attempt got through and its answer was lost, signing in works. */
export async function verify(stage: Stage, player: Player): Promise<void> {
  const client = createClient(stage.apiUrl);
  const code = await stage.readCode(player.email);
  try {
    const body = { userId: player.userId!, code };
    player.accessToken = (await client.call(accounts.verifyEmail, { body })).accessToken;
  } catch (error) {
    if (!(error instanceof ApiError) || error.problem.code !== 'invalid_code') throw error;
    await signIn(stage, player);
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
