import { hasCode } from '../kit/errors.js';

/** Another tab or device has removed it already, so the user has what they want. Use it in `catch`. */
export function unlessGone(error: unknown): void {
  if (!hasCode(error, 'NOT_FOUND')) throw error;
}
