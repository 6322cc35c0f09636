import { hashRecoveryCode } from './recovery-code.js';

export type TwoFactorMethod = TypedCode['method'];

/** What somebody typed as their second factor. */
export type TypedCode =
  | { readonly method: 'TOTP'; readonly digits: string }
  | { readonly method: 'RECOVERY_CODE'; readonly hash: Buffer };

/**
 * What people and their clipboards put between the characters of a code: spaces, dashes of any kind, dots, and
 * invisible characters. `\s` and the properties are Unicode's.
 */
const SEPARATORS =
  /[\s\p{Pd}\p{Cf}\p{Default_Ignorable_Code_Point}\u2212._\u00b7\u2022\u2027\u2219\u30fb]+/gu;

/**
 * Tells a TOTP code from a recovery code by its form; undefined if it has neither. Separators are skipped;
 * recovery codes may be typed in any letter case.
 *
 * Only ASCII digits and letters count. `\d` under another flag, or a conversion to a number, would take
 * `１２３４５６` for `123456`, and a code that is compared in one form and stored in another can be used twice.
 */
export function readCode(typed: string): TypedCode | undefined {
  const text = typed.replaceAll(SEPARATORS, '');
  if (/^[0-9]{6}$/.test(text)) return { method: 'TOTP', digits: text };
  if (/^[A-Za-z2-7]{24}$/.test(text)) return { method: 'RECOVERY_CODE', hash: hashRecoveryCode(text) };
  return undefined;
}
