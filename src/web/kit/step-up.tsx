import { useSyncExternalStore } from 'react';
import type { AuthError } from '../../client/index.js';
import { ReauthenticateDialog } from './reauthenticate-dialog.js';

interface Request {
  readonly methods: NonNullable<AuthError['methods']>;
  readonly settle: (isProven: boolean) => void;
}

/** The authentication that the page waits for. Operations that need one at the same time share it. */
let pending: Request | undefined;
let answer: Promise<boolean> | undefined;
const listeners = new Set<() => void>();

function show(request: Request | undefined) {
  pending = request;
  for (const listener of listeners) listener();
}

/**
 * Asks the user to prove again who they are.
 * @returns false if the user cancels
 */
export function stepUp({ methods = ['PASSWORD'] }: AuthError): Promise<boolean> {
  answer ??= new Promise<boolean>((resolve) => show({ methods, settle: resolve })).finally(() => {
    answer = undefined;
    show(undefined);
  });
  return answer;
}

/** Put it once into a page whose operations may need a recent authentication. */
export function StepUp() {
  const request = useSyncExternalStore(subscribe, () => pending);
  return request === undefined ? null : <ReauthenticateDialog {...request} />;
}

function subscribe(listener: () => void) {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}
