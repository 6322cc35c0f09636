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
  const [error, setError] = useState<unknown>();
  const isRunning = useRef(false);

  async function submit(data: FormData) {
    if (isRunning.current) return;
    isRunning.current = true;
    setPending(true);
    setError(undefined);
    try {
      await run(data);
    } catch (thrown) {
      setError(thrown);
    } finally {
      isRunning.current = false;
      setPending(false);
    }
  }

  const all = fieldErrorsOf(error);
  const isShown = (field: string) => fields.includes(field);
  const others = Object.entries(all).filter(([field]) => !isShown(field));
  return {
    isPending,
    error,
    fault: faultOf(error, others),
    fieldErrors: Object.fromEntries(Object.entries(all).filter(([field]) => isShown(field))),
    submit,
    onSubmit(event) {
      event.preventDefault();
      void submit(new FormData(event.currentTarget));
    },
  };
}

function faultOf(error: unknown, others: [field: string, message: string][]): string | undefined {
  if (error === undefined) return undefined;
  if (!hasCode(error, 'BAD_USER_INPUT') || error.fieldErrors.length === 0) return wordsOf(error);
  return others.length === 0 ? undefined : others.map(([field, message]) => `${field}: ${message}`).join(' ');
}

/** The text of a form field. */
export const textOf = (data: FormData, name: string): string => String(data.get(name) ?? '');
