"""Transforms the template as AWS's SAM transform would, for every combination of
parameters that a condition can tell apart, and writes each result as a native
template to be linted. Prints how many there are.

usage: transform.py TEMPLATE FOLDER

The transform itself is AWS's own (aws-sam-translator, which the SAM CLI brings).
"""

import itertools
import json
import os
import sys

os.environ.setdefault("AWS_DEFAULT_REGION", "eu-west-1")
from samcli.yamlhelper import yaml_parse
from samtranslator.translator.transform import transform

CHOICES = {
    "Stage": ["trial", "production"],
    "Domain": ["", "news.example.org"],
    "Cdn": ["no", "yes"],
    "MailDomain": ["", "example.org"],
    "AlarmMail": ["", "operator@example.org"],
    "ReleaseId": ["", "0123456789abcdef" * 4],
}
CERTIFICATE = "arn:aws:acm:us-east-1:123456789012:certificate/00000000-0000-0000-0000-000000000000"


class NoPolicies:
    def load(self):
        return {}


def native(path, parameters):
    template = yaml_parse(open(path).read())
    template["Globals"]["Function"]["CodeUri"] = "s3://bucket/key"
    return transform(template, parameters, NoPolicies())


def main(path, folder):
    count = 0
    for values in itertools.product(*CHOICES.values()):
        parameters = dict(zip(CHOICES, values))
        if parameters["Domain"]:
            parameters.update(CertificateArn=CERTIFICATE, HostedZone="Z0123456789ABC")
        if parameters["Stage"] == "production" and not parameters["AlarmMail"]:
            continue  # the template's rules refuse it
        out = native(path, parameters)
        # The linter then decides each condition and sees what is left.
        for name, value in parameters.items():
            out["Parameters"][name]["Default"] = value
        with open(f"{folder}/{count:02}.json", "w") as f:
            json.dump(out, f)
        count += 1
    print(f"{count} combinations of parameters")


main(*sys.argv[1:])
