/** A real browser with one profile. The same for each engine: what one of them cannot do is not here. */
export interface PageBrowser {
  /** Opens a URL in a tab of its own; resolves when it has loaded. */
  open(url: string): Promise<BrowserPage>
  /**
   * What went wrong in any of its pages so far: errors and warnings that were logged, exceptions that nobody caught, rejections
   * that nobody handled. WebKitGTK knows those that come before a page has loaded only where it begins with the script of `problem-recorder.ts`.
   */
  problems(): Promise<readonly string[]>
  close(): Promise<void>
}

/** One tab. Selectors are CSS. Whatever waits gives up after 20 s. */
export interface BrowserPage {
  goto(url: string): Promise<void>
  url(): Promise<string>
  /** The value of an expression in the page, of a promise what it resolves to; plain data only. */
  evaluate<T = unknown>(expression: string): Promise<T>
  /** Waits until an expression is truthy, also across navigations, and returns its value. */
  until<T = unknown>(expression: string): Promise<T>
  /** Waits for the element, and clicks it. */
  click(selector: string): Promise<void>
  /** Waits for the field, and replaces what it holds. */
  type(selector: string, text: string): Promise<void>
  /** Sets off for the page before: wait with `until` for what is there. */
  back(): Promise<void>
  reload(): Promise<void>
  /** A PNG; nothing in WebKitGTK. */
  screenshot(): Promise<Buffer | undefined>
  close(): Promise<void>
}
