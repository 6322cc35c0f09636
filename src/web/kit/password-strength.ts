import type { PasswordOwner } from '../../password-rules/rules.js';
import type { Assessment } from '../../password-rules/strength.js';
import type { Question } from './password-strength.worker.js';

/** How long a form waits for an answer. Then it asks the gateway, which knows the rules too. */
const PATIENCE_MS = 3000;

interface Answer {
  readonly id: number;
  readonly assessment: Assessment | undefined;
}

let worker: Worker | undefined;
let count = 0;

/**
 * Checks a new password as the gateway does. A thread of its own loads the dictionaries, a megabyte, and computes, so
 * that typing stays smooth.
 * @returns undefined if the thread cannot be loaded or does not answer in time
 */
export function assess(password: string, owner: PasswordOwner): Promise<Assessment | undefined> {
  const thread = startThread();
  const id = count++;
  return new Promise((resolve) => {
    const settle = (assessment?: Assessment) => {
      clearTimeout(timer);
      thread.removeEventListener('message', hear);
      thread.removeEventListener('error', fail);
      resolve(assessment);
    };
    const hear = ({ data }: MessageEvent<Answer>) => data.id === id && settle(data.assessment);
    const fail = () => settle();
    const timer = setTimeout(settle, PATIENCE_MS);
    thread.addEventListener('message', hear);
    thread.addEventListener('error', fail);
    thread.postMessage({ id, password, owner } satisfies Question);
  });
}

function startThread(): Worker {
  if (worker !== undefined) return worker;
  worker = new Worker(new URL('./password-strength.worker.ts', import.meta.url), { type: 'module' });
  // The next call tries again.
  worker.addEventListener('error', () => {
    worker = undefined;
  });
  return worker;
}
