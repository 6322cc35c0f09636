import { hashRecoveryCode } from './recovery-code.js';

export type TwoFactorMethod = TypedCode['method'];

/** What somebody typed as their second factor. */
export type TypedCode =
  | { readonly method: 'TOTP'; readonly digits: string }
  | { readonly method: 'RECOVERY_CODE'; readonly hash: Buffer };

/**
 * Tells a TOTP code from a recovery code by its form; undefined where it has neither. Spaces are skipped, since
 * apps show `123 456`; recovery codes may lack their dashes and be in any case.
 *
 * Digits and letters are ASCII's alone: `\d` under another flag, or a conversion to a number, would take
 * `１２３４５６` for `123456`, and a text that is compared in one form and kept in another is a code used twice.
 */
export function readCode(typed: string): TypedCode | undefined {
  const text = typed.replaceAll(/\s/g, '');
  if (/^[0-9]{6}$/.test(text)) return { method: 'TOTP', digits: text };
  const letters = text.replaceAll('-', '');
  if (/^[A-Za-z2-7]{24}$/.test(letters)) return { method: 'RECOVERY_CODE', hash: hashRecoveryCode(letters) };
  return undefined;
}
