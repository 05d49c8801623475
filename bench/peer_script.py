"""What the scripts that measure a peer have in common. They run in the peer's environment, so this needs the standard library alone."""
import argparse
import sys

LEFT_OUT = 3  # exit status: this file cannot be read


def leave_out(reason):
    print(reason, file=sys.stderr)
    sys.exit(LEFT_OUT)


def counts(value):
    return [int(part) for part in value.split(",")]


def option_parser(description, needs_model=True):
    """llama-bench's options; --parallel asks for batches."""
    parser = argparse.ArgumentParser(description=description.split("\n")[0].split(":")[0] + ".")
    parser.add_argument("-m", "--model", required=needs_model, default="", help="a GGUF file")
    parser.add_argument("-p", "--prompt", type=int, default=512, help="tokens of the prompt")
    parser.add_argument("-n", "--generate", type=int, default=32, help="tokens to generate")
    parser.add_argument("-d", "--depth", type=int, default=0, help="tokens before them")
    parser.add_argument("-r", "--repetitions", type=int, default=1)
    parser.add_argument("-t", "--threads", type=int, default=2)
    parser.add_argument("--parallel", type=counts, default=[], help="measure batches instead: numbers of sequences, by comma")
    return parser
