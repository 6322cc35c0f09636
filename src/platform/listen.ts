import { createServer } from 'node:net';
import { StartupError } from './error.js';

export interface Address {
  readonly host: string;
  readonly port: number;
}

/**
 * Checks that an address can be listened on, before the long part of the start.
 * @throws StartupError
 */
export async function checkAddress(address: Address): Promise<void> {
  const server = createServer();
  await explainListenFaults(address, () => {
    return new Promise<void>((done, failed) => {
      server.once('error', failed);
      server.listen({ ...address }, done);
    });
  });
  await new Promise((closed) => server.close(closed));
}

/** @throws StartupError instead of the error of a `listen` that failed */
export async function explainListenFaults<T>({ host, port }: Address, listen: () => Promise<T>): Promise<T> {
  try {
    return await listen();
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'failed';
    const reason = [code, ADVICE[code] ?? []].flat().join(': ');
    throw new StartupError([`cannot listen on ${host}:${port} (HOST, PORT): ${reason}`]);
  }
}

const ADVICE: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another process listens there',
  EACCES: 'this user may not use the port',
  EADDRNOTAVAIL: 'the address does not belong to this machine',
  ENOTFOUND: 'the host name is unknown',
};
