import type { FastifyInstance } from 'fastify';

const servers = new Map<string, FastifyInstance>();
/** No server listens on the port: it only identifies a gateway of this process. */
let lastPort = 20_000;

/** The port in the URL of the next gateway of this process. */
export function nextPort(): number {
  lastPort += 1;
  return lastPort;
}

/** Injects requests for this origin into the server from now on. */
export const serveHere = (origin: string, server: FastifyInstance) => void servers.set(origin, server);

/** From now on, requests to this origin fail as if no server listened there. */
export const stopHere = (origin: string) => void servers.delete(origin);

/** The server of a gateway in this process, if the origin belongs to one. */
export const serverHere = (origin: string): FastifyInstance | undefined => servers.get(origin);
