import type { RefreshTokenStorage } from './types.js';

/** The place of the refresh token. With a cookie the browser does all of it, and the token is undefined here. */
export interface RefreshToken {
  /** Null if there is none. */
  read(): Promise<string | null | undefined>;
  /** After a sign-in or sign-out. */
  write(token: string | null): Promise<void>;
  /**
   * After a refresh: writes only if the storage still has the token that was sent. Otherwise another client that shares
   * the storage has written a newer one, or signed out.
   */
  replace(sent: string | null | undefined, token: string | null): Promise<void>;
}

const COOKIE: RefreshToken = {
  read: async () => undefined,
  write: async () => {},
  replace: async () => {},
};

export function createRefreshToken(
  delivery: 'cookie' | 'body',
  storage: RefreshTokenStorage = memory(),
): RefreshToken {
  if (delivery === 'cookie') return COOKIE;
  return {
    read: () => storage.get(),
    write: (token) => storage.set(token),
    async replace(sent, token) {
      if (token !== sent && (await storage.get()) === sent) await storage.set(token);
    },
  };
}

function memory(): RefreshTokenStorage {
  let stored: string | null = null;
  return {
    get: async () => stored,
    set: async (token) => {
      stored = token;
    },
  };
}
