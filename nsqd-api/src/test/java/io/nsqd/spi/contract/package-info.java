/**
 * What implementations of the service interfaces are tested with: extend one of these and say how yours is made. Published
 * as the jar of {@code nsqd-api} with the classifier {@code tests}.
 */
package io.nsqd.spi.contract;
