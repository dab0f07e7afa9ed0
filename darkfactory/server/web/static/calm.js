// Do things often enough and not more often.

// Run `work` soon after it is asked for, never twice at once, and at most once in `pause` ms.
export function atMostEvery(pause, work) {
  let wanted = false;
  let busy = false;
  let last = -Infinity;
  async function go() {
    if (busy || !wanted) return;
    const wait = last + pause - performance.now();
    busy = true;
    if (wait > 0) await new Promise((done) => setTimeout(done, wait));
    wanted = false;
    last = performance.now();
    try {
      await work();
    } finally {
      busy = false;
    }
    go();
  }
  return () => {
    wanted = true;
    go();
  };
}

export function nextFrame(work) {
  let wanted = false;
  return () => {
    if (wanted) return;
    wanted = true;
    requestAnimationFrame(() => {
      wanted = false;
      work();
    });
  };
}
