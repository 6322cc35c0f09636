import { parentPort } from 'node:worker_threads';
import { type RenderedMail, renderMail } from './render.js';
import type { MailName } from './templates.js';

export interface RenderRequest {
  readonly id: number;
  readonly name: MailName;
  readonly props: object;
}

export type RenderAnswer =
  | { readonly id: number; readonly mail: RenderedMail }
  | { readonly id: number; readonly failure: string };

/** The renderer's thread: one mail a message. */
parentPort?.on('message', async ({ id, name, props }: RenderRequest) => {
  const answer: RenderAnswer = await renderMail(name, props as never).then(
    (mail) => ({ id, mail }),
    (error: Error) => ({ id, failure: error.name }),
  );
  parentPort?.postMessage(answer);
});
