import { useState } from 'react';
import { confirmationFaultOf, type PasswordOwner } from '../../password-rules/rules.js';
import { PasswordField } from '../ui/password-field.js';
import { formError } from './form-errors.js';
import { assess } from './password-strength.js';
import { StrengthMeter } from './strength-meter.js';
import { textOf } from './use-submit.js';

const CONFIRMATION = 'confirmPassword';
const NOBODY: PasswordOwner = { username: '', localPart: '' };

interface NewPasswordProps {
  /** The name of the field in the operation. */
  readonly name: 'password' | 'newPassword';
  readonly label: string;
  /** If the page knows whose password it is. */
  readonly owner?: PasswordOwner;
  readonly autoFocus?: boolean;
}

/** The fields for a new password and its repetition, with a measure of its strength. */
export function NewPassword({ name, label, owner = NOBODY, autoFocus }: NewPasswordProps) {
  const [password, setPassword] = useState('');
  return (
    <>
      <PasswordField
        label={label}
        name={name}
        autoFocus={autoFocus}
        autoComplete="new-password"
        value={password}
        onChange={setPassword}
        hint="12 characters or more. Several words that do not belong together work well."
      />
      <StrengthMeter password={password} {...owner} />
      <PasswordField label={`${label}, again`} name={CONFIRMATION} autoComplete="new-password" />
    </>
  );
}

/**
 * The texts of these fields. Checked here too, because the gateway counts what it refuses.
 * @throws AuthError BAD_USER_INPUT
 */
export async function newPasswordOf(data: FormData, name: NewPasswordProps['name'], owner = NOBODY) {
  const [password, confirmPassword] = [textOf(data, name), textOf(data, CONFIRMATION)];
  const assessment = await assess(password, owner);
  if (assessment?.fault !== undefined) throw formError(assessment.fault, name);
  const fault = confirmationFaultOf(password, confirmPassword);
  if (fault !== undefined) throw formError(fault, CONFIRMATION);
  return { password, confirmPassword };
}

/** The part of a typed email address before the last `@`. */
export const localPartOf = (email: string): string => email.trim().replace(/@[^@]*$/, '');
