import { Field, type FieldProps } from '../ui/field.js';

/** A code of the second factor. */
export function CodeField(props: Pick<FieldProps, 'hint' | 'autoFocus' | 'inputMode'>) {
  return (
    <Field
      {...props}
      label="Code"
      name="code"
      isRequired
      isCode
      autoComplete="one-time-code"
      autoCorrect="off"
      spellCheck="false"
    />
  );
}
