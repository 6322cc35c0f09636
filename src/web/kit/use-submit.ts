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
  const [failure, setFailure] = useState(NO_FAILURE);
  const isRunning = useRef(false);

  async function submit(data: FormData) {
    if (isRunning.current) return;
    isRunning.current = true;
    setPending(true);
    setFailure(NO_FAILURE);
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

/** Made once for each error: the form moves the focus when the messages change. */
type Failure = Pick<Submission, 'error' | 'fault' | 'fieldErrors'>;

const NO_FAILURE: Failure = { error: undefined, fault: undefined, fieldErrors: {} };

function failureOf(error: unknown, fields: readonly string[]): Failure {
  const all = Object.entries(fieldErrorsOf(error));
  const others = all.filter(([field]) => !fields.includes(field));
  const fieldErrors = Object.fromEntries(all.filter(([field]) => fields.includes(field)));
  return { error, fault: faultOf(error, others), fieldErrors };
}

function faultOf(error: unknown, others: [field: string, message: string][]): string | undefined {
  if (!hasCode(error, 'BAD_USER_INPUT') || error.fieldErrors.length === 0) return wordsOf(error);
  return others.length === 0 ? undefined : others.map(([field, message]) => `${field}: ${message}`).join(' ');
}

/** The text of a form field. */
export const textOf = (data: FormData, name: string): string => String(data.get(name) ?? '');
