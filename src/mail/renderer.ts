import { fileURLToPath } from 'node:url';
import { Piscina } from 'piscina';
import type { RenderedMail, RenderRequest } from './render.js';
import type { MailName } from './templates.js';

/**
 * Renders mails in a thread of their own. A template takes about 20 ms, which would delay every request. Also,
 * React's server rendering turns on async hooks for good, which slows down every promise of its thread.
 */
export class Renderer {
  readonly #pool: Piscina<RenderRequest, RenderedMail>;

  /** @param module exports `renderMail`; tests replace it */
  constructor(module = new URL('./render.js', import.meta.url)) {
    // With `minThreads`, a thread that dies is replaced, and the mails that wait for it are rendered.
    const options = { name: 'renderMail', minThreads: 1, maxThreads: 1 };
    this.#pool = new Piscina({ filename: fileURLToPath(module), ...options });
    // Emitted if the thread dies while it is idle. Without a listener, it would end the process.
    this.#pool.on('error', () => {});
  }

  /** @throws what the template throws; Error if the thread dies */
  render<N extends MailName>(request: RenderRequest<N>): Promise<RenderedMail> {
    return this.#pool.run(request);
  }

  close(): Promise<void> {
    return this.#pool.destroy();
  }
}
