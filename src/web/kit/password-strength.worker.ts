import type { PasswordOwner } from '../../password-rules/rules.js';
import { assessPassword } from '../../password-rules/strength.js';

export interface Question {
  readonly id: number;
  readonly password: string;
  readonly owner: PasswordOwner;
}

addEventListener('message', async ({ data }: MessageEvent<Question>) => {
  const { id, password, owner } = data;
  postMessage({ id, assessment: await assessPassword(password, owner) });
});
