export const demoModelName = 'larder-demo';

/** A fixed date, so that the same question gets the same bytes. Seconds since 1970. */
export const demoCreated = 1_735_689_600;
