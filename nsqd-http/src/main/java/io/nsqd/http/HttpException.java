package io.nsqd.http;

/** A request that is answered with an error. Stackless: refusals are normal traffic. */
final class HttpException extends Exception {
    private static final long serialVersionUID = 1L;

    private final transient Response response;

    /** A refusal with the body that H-6 prescribes. */
    HttpException(int status, String code) {
        this(Response.error(status, code));
    }

    /** A refusal with an answer of its own kind. */
    HttpException(Response response) {
        super("HTTP status " + response.status(), null, false, false);
        this.response = response;
    }

    static HttpException internalError() {
        return new HttpException(500, "INTERNAL_ERROR");
    }

    /** The answer. */
    Response response() {
        return response;
    }
}
