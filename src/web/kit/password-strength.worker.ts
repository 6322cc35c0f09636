import type { PasswordOwner } from '../../password-rules/rules.js';
import { assessPassword } from '../../password-rules/strength.js';

export interface Question {
  readonly id: number;
  readonly password: string;
  readonly owner: PasswordOwner;
}

addEventListener('message', async ({ data }: MessageEvent<Question>) => {
  const { id, password, owner } = data;
  // If the dictionaries cannot be loaded, the gateway decides.
  const assessment = await assessPassword(password, owner).catch(() => undefined);
  postMessage({ id, assessment });
});
