export const pause = (milliseconds) =>
  new Promise((done) => setTimeout(done, Math.max(0, milliseconds)))
