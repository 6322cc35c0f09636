import { useState } from 'react';
import { Button } from './button.js';
import { Field, type FieldProps } from './field.js';

type PasswordFieldProps = Omit<FieldProps, 'type' | 'end' | 'autoComplete'> & {
  readonly autoComplete: 'current-password' | 'new-password';
};

/** A password, which the user can look at (ASVS 6.2.6). */
export function PasswordField(props: PasswordFieldProps) {
  const [isShown, setShown] = useState(false);
  const toggle = (
    <Button
      kind="quiet"
      size="small"
      // Without the word "password": labels that contain it belong to fields.
      aria-label={isShown ? 'Hide the characters' : 'Show the characters'}
      onPress={() => setShown(!isShown)}
    >
      {isShown ? 'Hide' : 'Show'}
    </Button>
  );
  return (
    <Field
      isRequired
      {...props}
      type={isShown ? 'text' : 'password'}
      autoCorrect="off"
      spellCheck="false"
      end={toggle}
    />
  );
}
