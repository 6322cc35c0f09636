import type { TypedDocument } from '../../client/index.js';
import { client } from './client.js';
import { hasCode } from './errors.js';
import { stepUp } from './step-up.js';

/**
 * Runs an operation as the signed-in user. If it needs a recent authentication, asks for it and then goes on.
 * @throws AuthError; REAUTHENTICATION_REQUIRED if the user cancels
 */
export const request = <T, V>(document: TypedDocument<T, V>, variables: NoInfer<V>): Promise<T> =>
  withStepUp(() => client.request(document, variables));

/** The same for a method of the client. */
export async function withStepUp<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (!hasCode(error, 'REAUTHENTICATION_REQUIRED') || !(await stepUp(error))) throw error;
    return run();
  }
}
