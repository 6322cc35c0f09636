import { type FormEvent, useEffect, useRef, useState } from 'react';
import { Form as AriaForm } from 'react-aria-components';
import { flushSync } from 'react-dom';
import { Button, type ButtonLook } from './button.js';
import { Row, Stack } from './layout.js';
import { Notice } from './notice.js';

const NONE = {};

interface FormProps {
  /** The text of the submit button. */
  readonly action: string;
  readonly kind?: ButtonLook['kind'];
  /** Whether the submit button is as wide as the form. */
  readonly isWide?: boolean;
  readonly submission: {
    readonly isPending: boolean;
    readonly fault: string | undefined;
    readonly fieldErrors: Record<string, string>;
    readonly onSubmit: (event: FormEvent<HTMLFormElement>) => void;
  };
  /** More buttons, beside the submit button. */
  readonly beside?: React.ReactNode;
  /** The name of the form, if the page has several. */
  readonly label?: string;
  readonly children: React.ReactNode;
}

/** A form with one submit button. What is wrong is shown beside its field, or else above the fields. */
export function Form({ action, kind = 'primary', isWide, submission, beside, label, children }: FormProps) {
  const form = useRef<HTMLFormElement>(null);
  const { isPending, fault, fieldErrors, onSubmit } = submission;
  const [answered, setAnswered] = useState<object>();
  // React Aria focuses the first field that the browser refuses, but not one that the gateway refuses.
  useEffect(() => {
    const [name] = Object.keys(fieldErrors);
    if (isPending || name === undefined) return;
    const field = form.current?.elements.namedItem(name);
    if (field instanceof HTMLElement) field.focus();
  }, [fieldErrors, isPending]);
  useEffect(() => {
    const { current } = form;
    current?.addEventListener('input', checkAgain);
    return () => current?.removeEventListener('input', checkAgain);
  }, []);
  return (
    <AriaForm
      ref={form}
      validationErrors={answered === fieldErrors ? NONE : fieldErrors}
      onSubmit={onSubmit}
      aria-label={label}
    >
      <Stack>
        {fault !== undefined && <Notice kind="danger">{fault}</Notice>}
        {children}
        <Row>
          <Button
            type="submit"
            kind={kind}
            isWide={isWide}
            isPending={isPending}
            // The browser sends no form with an error, even if the user has mended it in another field.
            onPress={() => flushSync(() => setAnswered(fieldErrors))}
          >
            {action}
          </Button>
          {beside}
        </Row>
      </Stack>
    </AriaForm>
  );
}

/**
 * A message goes while the user types. React Aria removes it when the field loses the focus: by a press on the submit
 * button, which then moves away under the pointer.
 */
function checkAgain({ target }: Event) {
  if (target instanceof HTMLInputElement && target.ariaInvalid === 'true') {
    target.dispatchEvent(new Event('change', { bubbles: true }));
  }
}
