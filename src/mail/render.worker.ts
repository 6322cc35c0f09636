import { parentPort } from 'node:worker_threads';
import { renderMail } from './render.js';
import type { RenderAnswer, RenderRequest } from './renderer.js';

/** The renderer's thread: one mail a message. */
parentPort?.on('message', async ({ id, name, props }: RenderRequest) => {
  const answer: RenderAnswer = await renderMail(name, props as never).then(
    (mail) => ({ id, mail }),
    (error: Error) => ({ id, failure: error.name }),
  );
  parentPort?.postMessage(answer);
});
