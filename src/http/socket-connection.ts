import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { WebSocket } from 'ws';
import { type Authenticate, type Cookies, GatewayContext } from '../graphql/context.js';
import { knownError } from '../graphql/masking.js';
import {
  isInvalidMessage,
  type SubscriptionPeer,
  type SubscriptionServer,
} from '../graphql/subscription-server.js';
import type { Principal, RequestOrigin } from '../platform/actor.js';
import { AuthErrorCode } from '../platform/error.js';
import type { Log } from '../platform/log.js';
import { CLOSE, type CloseCode, SocketClosed } from './socket-close.js';
import { MessageBudget, type OpenCounter } from './socket-limits.js';

/** A client without a valid access token is closed after this time. */
const AUTHENTICATION_MS = 2500;
const PING_INTERVAL_MS = 15_000;
/** After the end of the session, the events have this time to be sent. */
const LAST_EVENTS_MS = 1000;
/** A client that does not read is cut off when this much waits for it. */
const MAX_BUFFERED_BYTES = 256 * 1024;

/** Calls the listener when the session ends, or at once if it has ended. Returns a function that removes the listener. */
export type WatchSession = (
  sessionId: string,
  listener: (end: { readonly reason: string }) => void,
) => Promise<() => void>;

export interface ConnectionDeps {
  readonly authenticate: Authenticate;
  readonly watchSession: WatchSession;
  readonly server: SubscriptionServer;
  /** The open connections of each session. */
  readonly ofSessions: OpenCounter;
  readonly log: Log;
}

/**
 * One socket from its upgrade to its end. It follows its session, not its access token: the token may expire while the
 * socket is open.
 */
export class SocketConnection implements SubscriptionPeer {
  readonly requestId = randomUUID();
  #principal: Principal | undefined;
  #ended: string | undefined;
  #isAnswered = true;
  readonly #budget = new MessageBudget();
  /** Messages that are handled. A subscription is handled until it is complete. */
  readonly #running = new Set<Promise<void>>();
  /** Functions that release the resources of the connection. */
  readonly #releases: (() => void)[] = [];

  constructor(
    readonly socket: WebSocket,
    readonly origin: RequestOrigin,
    readonly deps: ConnectionDeps,
    readonly onClosedByUs: (code: CloseCode) => void,
  ) {}

  open(): void {
    const { socket } = this;
    const deadline = setTimeout(() => this.#refuseLate(), AUTHENTICATION_MS);
    const pings = setInterval(() => this.#ping(), PING_INTERVAL_MS);
    this.#releases.push(
      () => clearTimeout(deadline),
      () => clearInterval(pings),
    );
    // ws closes the socket after each of its errors: an invalid frame, invalid UTF-8, a message that is too large.
    socket.on('error', () => {});
    socket.on('pong', () => {
      this.#isAnswered = this.#spend();
    });
    socket.on('ping', () => this.#spend());
    const closed = this.deps.server.opened(
      {
        protocol: socket.protocol,
        send: (data) => this.#send(data),
        close: (code, reason) => this.close((code ?? CLOSE.internalError) as CloseCode, reason ?? ''),
        onMessage: (handle) =>
          socket.on('message', (data, isBinary) => this.#receive(data, isBinary, handle)),
      },
      this,
    );
    socket.once('close', (code, reason) => {
      for (const release of this.#releases.splice(0)) release();
      closed(code, String(reason)).catch((error) => this.#fail(error));
    });
  }

  /** Closes the socket instead of opening the connection. */
  refuse(reason: string): void {
    this.socket.on('error', () => {});
    this.close(CLOSE.tooMany, reason);
  }

  close(code: CloseCode, reason: string): void {
    if (!this.#isOpen) return;
    this.onClosedByUs(code);
    this.socket.close(code, reason);
  }

  async connect(authorization: string | undefined): Promise<void> {
    const authentication = await this.deps.authenticate(authorization);
    const { principal } = authentication;
    if (principal === null) throw new SocketClosed(CLOSE.unauthorized, authentication.reason);
    const { sessionId } = principal;
    const giveBack = this.deps.ofSessions.take(sessionId);
    if (giveBack === undefined) throw new SocketClosed(CLOSE.tooMany, 'Too many connections of the session');
    this.#onRelease(giveBack);
    this.#onRelease(await this.deps.watchSession(sessionId, ({ reason }) => this.#endSession(reason)));
    if (this.#ended !== undefined) throw new SocketClosed(CLOSE.unauthorized, 'SESSION_REVOKED');
    this.#principal = principal;
  }

  createContext(): GatewayContext {
    const context = new GatewayContext(
      {
        requestId: this.requestId,
        origin: () => this.origin,
        cookies: NO_COOKIES,
        authorization: undefined,
        routerSecret: undefined,
        report: {},
      },
      this.deps.authenticate,
    );
    // Its role stays right: a change of the role ends the session.
    if (this.#principal !== undefined) context.signedInAs(this.#principal);
    return context;
  }

  get #isOpen(): boolean {
    return this.socket.readyState === this.socket.OPEN;
  }

  /** The socket may have been closed while the connection waited for this resource. */
  #onRelease(release: () => void): void {
    if (this.#isOpen) this.#releases.push(release);
    else release();
  }

  #refuseLate(): void {
    if (this.#principal !== undefined) return;
    // The token of the client is still being checked, because the database is slow.
    if (this.#running.size > 0)
      this.close(CLOSE.tryAgainLater, 'The access token could not be checked in time');
    else this.close(CLOSE.unauthorized, 'TOKEN_MISSING');
  }

  #ping(): void {
    if (this.#isAnswered) this.socket.ping();
    else this.socket.terminate();
    this.#isAnswered = false;
  }

  #spend(): boolean {
    const isWithinBudget = this.#budget.spend();
    if (!isWithinBudget) this.close(CLOSE.tooMany, 'Too many messages');
    return isWithinBudget;
  }

  #receive(data: unknown, isBinary: boolean, handle: (text: string) => Promise<void>): void {
    if (!this.#isOpen || this.#ended !== undefined || !this.#spend()) return;
    if (isBinary) {
      this.close(CLOSE.unsupportedData, 'Send text messages');
      return;
    }
    const running = handle(String(data)).catch((error) => this.#fail(error));
    this.#running.add(running);
    void running.finally(() => this.#running.delete(running));
  }

  #fail(error: unknown): void {
    const { requestId } = this;
    if (error instanceof SocketClosed) {
      this.close(error.code, error.reason);
    } else if (isInvalidMessage(error)) {
      this.close(CLOSE.invalidMessage, 'Invalid message received');
    } else if (knownError(error)?.code === AuthErrorCode.SERVICE_UNAVAILABLE) {
      this.deps.log.warn({ err: error, requestId }, 'service unavailable');
      this.close(CLOSE.tryAgainLater, 'Service unavailable');
    } else {
      this.deps.log.error({ err: error, requestId }, 'unexpected error');
      this.close(CLOSE.internalError, `Internal error ${requestId}`);
    }
  }

  #send(data: string): Promise<void> {
    return new Promise((resolve) => {
      if (!this.#isOpen) return resolve();
      if (this.socket.bufferedAmount > MAX_BUFFERED_BYTES) {
        this.socket.terminate();
        return resolve();
      }
      this.socket.send(data, () => resolve());
    });
  }

  /** The subscriptions send the event after this call. */
  #endSession(reason: string): void {
    this.#ended = reason;
    if (this.#principal !== undefined) void this.#closeAfterEvents(reason);
  }

  async #closeAfterEvents(reason: string): Promise<void> {
    const timeout = new AbortController();
    const late = sleep(LAST_EVENTS_MS, undefined, { signal: timeout.signal }).catch(() => {});
    await Promise.race([Promise.allSettled(this.#running), late]);
    timeout.abort();
    this.close(CLOSE.sessionEnded, reason);
  }
}

/** A WebSocket message cannot set cookies, and browsers would send them for any page. */
const NO_COOKIES: Cookies = { get: () => undefined, set() {}, clear() {} };
