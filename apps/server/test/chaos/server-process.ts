import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';

export type ServerProcess = {
  /** kill -9, and waits until it is gone. */
  kill(): Promise<void>;
  /** Asks it to stop and waits; resolves with the exit code. */
  terminate(): Promise<number | null>;
  isRunning(): boolean;
};

const entry = fileURLToPath(new URL('../../src/main.ts', import.meta.url));

/** The real server in a process of its own, as `npm start` runs it. Resolves when it says that it is running. */
export async function startServerProcess(environment: Record<string, string>): Promise<ServerProcess> {
  const child = spawn(process.execPath, [entry], {
    // Not where this repository's own .env may be.
    cwd: tmpdir(),
    env: { PATH: process.env.PATH ?? '', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  await untilRunning(child);
  const exited = once(child, 'exit');
  return {
    kill: async () => {
      child.kill('SIGKILL');
      await exited;
    },
    terminate: async () => {
      child.kill('SIGTERM');
      const [code] = await exited;
      return code as number | null;
    },
    isRunning: () => child.exitCode === null && child.signalCode === null,
  };
}

function untilRunning(child: ChildProcess): Promise<void> {
  let said = '';
  return new Promise((resolve, reject) => {
    const listen = (chunk: Buffer) => {
      said += chunk.toString();
      if (said.includes('Holdfast is running')) resolve();
    };
    child.stdout!.on('data', listen);
    child.stderr!.on('data', listen);
    child.once('exit', (code) => reject(new Error(`the server ended with ${code}:\n${said}`)));
  });
}
