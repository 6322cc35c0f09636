import { Worker } from 'node:worker_threads';
import type { RenderedMail } from './render.js';
import type { RenderAnswer, RenderRequest } from './render.worker.js';
import type { MailName, MailTemplates } from './templates.js';

interface Waiting {
  resolve(mail: RenderedMail): void;
  reject(error: Error): void;
}

/**
 * Renders mails in a thread of their own. A template takes some 20 ms, which every request would wait for;
 * and React's server rendering turns on async hooks for good, which slows every promise of its thread.
 */
export class Renderer {
  readonly #waiting = new Map<number, Waiting>();
  #worker: Worker | undefined;
  #last = 0;

  /** @throws Error where the template fails or the thread is gone; a later call starts another */
  render<N extends MailName>(name: N, props: MailTemplates[N]): Promise<RenderedMail> {
    const worker = this.#started();
    const id = ++this.#last;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      worker.postMessage({ id, name, props } satisfies RenderRequest);
    });
  }

  async close(): Promise<void> {
    await this.#worker?.terminate();
  }

  #started(): Worker {
    if (this.#worker !== undefined) return this.#worker;
    const worker = new Worker(new URL('./render.worker.js', import.meta.url));
    worker.unref();
    worker.on('message', (answer: RenderAnswer) => this.#settle(answer));
    worker.on('error', () => this.#lose());
    worker.on('exit', () => this.#lose());
    this.#worker = worker;
    return worker;
  }

  #settle(answer: RenderAnswer): void {
    const waiting = this.#waiting.get(answer.id);
    this.#waiting.delete(answer.id);
    if ('mail' in answer) waiting?.resolve(answer.mail);
    else waiting?.reject(new Error(`a template failed: ${answer.failure}`));
  }

  #lose(): void {
    this.#worker = undefined;
    for (const { reject } of this.#waiting.values()) reject(new Error('the rendering thread ended'));
    this.#waiting.clear();
  }
}
