import type { FastifyInstance } from 'fastify';

const servers = new Map<string, FastifyInstance>();
/** Nothing listens on the port: it only tells the gateways of this process apart. */
let lastPort = 20_000;

/** The port in the URL of the next gateway of this process. */
export function nextPort(): number {
  lastPort += 1;
  return lastPort;
}

/** Requests to this origin are injected into the server from now on. */
export const serveHere = (origin: string, server: FastifyInstance) => void servers.set(origin, server);

/** From now on, requests to this origin fail as they do if nothing listens there. */
export const stopHere = (origin: string) => void servers.delete(origin);

/** The server of a gateway that runs in this process. */
export const serverHere = (origin: string): FastifyInstance | undefined => servers.get(origin);
