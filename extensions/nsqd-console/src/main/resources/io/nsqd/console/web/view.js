/** Everything of Preact that the pages use, in one place. */

export { Fragment, h, render } from "./lib/preact.module.js";
export { useEffect, useLayoutEffect, useMemo, useRef, useState } from "./lib/hooks.module.js";
