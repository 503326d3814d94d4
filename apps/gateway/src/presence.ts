import type { ServerResponse } from 'node:http';

/** Whether a client still waits. Its signal is made when it is first asked for: most answers come from the cache and never do. */
export class Presence {
  private controller?: AbortController;

  constructor(private readonly response: ServerResponse) {}

  /** Aborted when the client goes before its answer is whole. */
  get signal(): AbortSignal {
    if (!this.controller) {
      this.controller = new AbortController();
      this.watch(this.controller);
    }
    return this.controller.signal;
  }

  private watch(controller: AbortController): void {
    const { response } = this;
    const leave = () => {
      if (!response.writableFinished) controller.abort();
    };
    if (response.closed) leave();
    else response.once('close', leave);
  }
}
