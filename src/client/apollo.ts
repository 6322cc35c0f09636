import { ApolloLink, Observable } from '@apollo/client';
import { ServerError } from '@apollo/client/errors';
import { refusalInErrors, refusalInHeaders } from './refusal.js';
import type { AuthClient } from './types.js';

interface Observer {
  next(result: ApolloLink.Result): void;
  error(error: unknown): void;
  complete(): void;
}

/** The first event of an attempt, and a way to pass it and all later ones on. */
interface Attempt {
  readonly result?: ApolloLink.Result;
  readonly error?: unknown;
  passOn(observer: Observer): void;
}

/**
 * A link for Apollo Client 4, before the HttpLink: adds the access token, and repeats an operation once with a new token if
 * the token has expired.
 */
export function authLink(client: AuthClient): ApolloLink {
  return new ApolloLink(
    (operation, forward) =>
      new Observable<ApolloLink.Result>((observer) => {
        let stop = () => {};
        let isStopped = false;
        const send = async (token: string | null): Promise<Attempt> => {
          stop();
          if (isStopped) return new Promise(() => {});
          if (token !== null) {
            operation.setContext(({ headers }) => ({
              headers: { ...headers, authorization: `Bearer ${token}` },
            }));
          }
          const attempt = firstEvent(forward(operation));
          stop = attempt.stop;
          return attempt.event;
        };
        client.authorize(send, refusalOf).then(
          (attempt) => attempt.passOn(observer),
          (error) => observer.error(error),
        );
        return () => {
          isStopped = true;
          stop();
        };
      }),
  );
}

function refusalOf({ result, error }: Attempt) {
  if (ServerError.is(error)) return refusalInHeaders(error.response) ?? refusalInErrors(errorsIn(error));
  return refusalInErrors(result && 'errors' in result ? result.errors : undefined);
}

/** HttpLink reports a status of 400 or more as an error, with the body as text. */
function errorsIn({ bodyText }: ServerError) {
  try {
    return JSON.parse(bodyText).errors;
  } catch {
    return undefined;
  }
}

/** Subscribes, and keeps all events until they are passed on: results can follow later, for example of `@defer`. */
function firstEvent(source: Observable<ApolloLink.Result>) {
  const waiting: ((observer: Observer) => void)[] = [];
  let target: Observer | undefined;
  let stop = () => {};
  const event = new Promise<Attempt>((resolve) => {
    const passOn = (observer: Observer) => {
      target = observer;
      for (const emit of waiting) emit(observer);
    };
    const note = (emit: (observer: Observer) => void, first: Omit<Attempt, 'passOn'> = {}) => {
      if (target) emit(target);
      else waiting.push(emit);
      resolve({ ...first, passOn });
    };
    const subscription = source.subscribe({
      next: (result) => note((observer) => observer.next(result), { result }),
      error: (error) => note((observer) => observer.error(error), { error }),
      complete: () => note((observer) => observer.complete()),
    });
    stop = () => subscription.unsubscribe();
  });
  return { event, stop: () => stop() };
}
