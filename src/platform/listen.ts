import { createServer } from 'node:net';
import { StartupError } from './error.js';

export interface Address {
  readonly host: string;
  readonly port: number;
}

/**
 * Checks that the gateway can listen on an address, before the slow steps of the start.
 * @throws StartupError if it cannot
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

/** @throws StartupError if `listen` fails */
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
  EADDRINUSE: 'another process listens there: stop it, or set another PORT',
  EACCES: 'this user has no permission to use the port: set another PORT',
  EADDRNOTAVAIL: 'the address does not belong to this machine: set another HOST',
  ENOTFOUND: 'the host name is unknown: set another HOST',
};
