import { useEffect, useState } from "./view.js";

/** A value that can be watched. */
export class Observable {
    #value;
    #watchers = new Set();

    constructor(value) {
        this.#value = value;
    }

    get value() {
        return this.#value;
    }

    set value(next) {
        this.#value = next;
        this.changed();
    }

    /** Tells the watchers, as after a change within the value. */
    changed() {
        for (const watcher of [...this.#watchers]) {
            watcher(this.#value);
        }
    }

    /** Calls `watcher` after each change; returns what ends that. */
    watch(watcher) {
        this.#watchers.add(watcher);
        return () => this.#watchers.delete(watcher);
    }
}

/** The value of an observable; a component that uses it is rendered again after each change. */
export function useValue(observable) {
    const [, setTurn] = useState(0);
    useEffect(() => {
        // What changed between the render and now would be missed.
        setTurn((turn) => turn + 1);
        return observable.watch(() => setTurn((turn) => turn + 1));
    }, [observable]);
    return observable.value;
}
