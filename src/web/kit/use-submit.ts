import { type FormEvent, useRef, useState } from 'react';
import { fieldErrorsOf, hasCode, wordsOf } from './errors.js';

export interface Submission {
  /** Whether the operation runs. */
  readonly isPending: boolean;
  /** What is wrong, if it belongs to no field of the form. */
  readonly fault: string | undefined;
  /** The error of the last try. */
  readonly error: unknown;
  /** The message for each field. */
  readonly fieldErrors: Record<string, string>;
  /** Runs the operation. A second call while it runs does nothing. */
  submit(data: FormData): Promise<void>;
  readonly onSubmit: (event: FormEvent<HTMLFormElement>) => void;
}

type Failure = Pick<Submission, 'error' | 'fault' | 'fieldErrors'>;

const NONE: Failure = { error: undefined, fault: undefined, fieldErrors: {} };

/**
 * The state of a form. A message for a field is shown beside the field if the form has a field of that name, otherwise
 * above the form.
 * @param fields the names of the form's fields
 */
export function useSubmit(
  run: (data: FormData) => Promise<unknown>,
  fields: readonly string[] = [],
): Submission {
  const [isPending, setPending] = useState(false);
  const [failure, setFailure] = useState(NONE);
  const isRunning = useRef(false);

  async function submit(data: FormData) {
    if (isRunning.current) return;
    isRunning.current = true;
    setPending(true);
    setFailure(NONE);
    try {
      await run(data);
    } catch (thrown) {
      setFailure(failureOf(thrown, fields));
    } finally {
      isRunning.current = false;
      setPending(false);
    }
  }

  return {
    isPending,
    ...failure,
    submit,
    onSubmit(event) {
      event.preventDefault();
      void submit(new FormData(event.currentTarget));
    },
  };
}

/** Made once for each error: React Aria shows the messages again when it gets a new object. */
function failureOf(error: unknown, fields: readonly string[]): Failure {
  const [own, others] = [new Map<string, string>(), new Map<string, string>()];
  for (const [field, message] of Object.entries(fieldErrorsOf(error))) {
    (fields.includes(field) ? own : others).set(field, message);
  }
  return { error, fault: faultOf(error, [...others]), fieldErrors: Object.fromEntries(own) };
}

function faultOf(error: unknown, others: [field: string, message: string][]): string | undefined {
  if (!hasCode(error, 'BAD_USER_INPUT') || error.fieldErrors.length === 0) return wordsOf(error);
  return others.length === 0 ? undefined : others.map(([field, message]) => `${field}: ${message}`).join(' ');
}

/** The text of a form field. */
export const textOf = (data: FormData, name: string): string => String(data.get(name) ?? '');
